"""Who asks: the command line today, HTTP and pages next."""
