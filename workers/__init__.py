"""Workers: the job runner and the pipeline from bytes to a place in a folder."""
