"""Values that travel, and the rules of the calendar. Pure."""
