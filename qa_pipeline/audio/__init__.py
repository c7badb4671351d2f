"""What is inside a sound file: which container, how long, how many channels, and its samples.

Everything here takes a path on this machine and gives values back. A file that can't be used raises
`faults.UnusableAudio` with a code and a sentence, whatever the bytes are: recordings come from phone systems,
uploads and mail, so half-written, mislabelled and hostile files are everyday input.
"""
