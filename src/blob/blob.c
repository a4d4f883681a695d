/* References to blobs. A blob is locked before its references are counted: whoever adds one holds a
 * lock too (blob_share), so that the count is the truth. */
#include "blob/blob.h"

#include <stdio.h>

enum db_status blob_share(struct db *db, struct arena *arena, const char *id)
{
    struct rows *rows;

    return db_query(db, arena, STATEMENT_BLOB_SHARE, &rows, id);
}

enum db_status blob_release(struct db *db, struct arena *arena, const char *id)
{
    struct rows *rows;
    /* Two statements: the second must see what was committed while the first waited. */
    enum db_status status = db_query(db, arena, STATEMENT_BLOB_LOCK, &rows, id);

    if (status == DB_NO_ROWS)
        return DB_OK;
    if (status != DB_OK)
        return status;
    return db_query(db, arena, STATEMENT_BLOB_DELETE_UNREFERENCED, NULL, id);
}

enum db_status blob_collect(struct db *db, struct arena *arena, int limit, size_t *removed,
                            bool *more)
{
    char text[16];
    struct rows *rows;
    enum db_status status;

    *removed = 0;
    *more = false;
    snprintf(text, sizeof(text), "%d", limit);
    status = db_query(db, arena, STATEMENT_BLOB_COLLECT, &rows, text);
    if (status != DB_OK)
        return status;
    *removed = (size_t)rows_int(rows, 0, "removed");
    *more = rows_int(rows, 0, "looked") == limit;
    return DB_OK;
}
