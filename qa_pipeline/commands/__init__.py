"""What each `qa-pipeline` command does, one module a command, imported only when the command is used."""
