"""The care of the store file: copies of it, checks, repair, what is shed, and carrying it elsewhere."""
