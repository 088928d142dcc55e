-- The key database stands apart from the rows, with backups of its own.
CREATE DATABASE anjuan_keys;
