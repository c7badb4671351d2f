"""The step before anything is sent: recordings are measured, and each call is judged by what was found."""
