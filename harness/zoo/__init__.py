"""The models: one file each; a file name is a `--model` name. Shared parts start with `_`."""
