"""One file, one run: each experiment module holds one `CONFIG`."""
