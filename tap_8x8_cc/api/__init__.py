"""The API: requests, the life of a report, HTTP."""
