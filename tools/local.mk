# tools
EXTRA_DIST += tools/embed_sql.py
