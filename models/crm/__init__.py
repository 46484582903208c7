"""What a CRM says, kept here as a dated copy, and what is on its way there."""
