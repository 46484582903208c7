"""What comes in: files by form, by tus and by URL, read as their bytes come and never whole."""
