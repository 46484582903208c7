"""Who asks: HTTP, jobs, the command line."""
