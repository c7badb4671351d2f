"""What a call's transcript looks like in the files other programs read: subtitles, text, the service's JSON, vCon.

Pure: published rows in, text or bytes out. Reading the snapshot and naming the files is the command's work. Every
format says which engine made the transcript.
"""
