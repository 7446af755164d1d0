"""One typed client per service: records, batch endpoints, errors. Imports nothing else of ours."""
