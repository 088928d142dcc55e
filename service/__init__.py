"""The service: REST API, web pages, sign-in and the command line."""
