libapi_a_SOURCES += src/api/explorer/resources.def src/api/explorer/explorer.h
libapi_a_SOURCES += src/api/explorer/explorer_fields.c src/api/explorer/explorer_fields.h
libapi_a_SOURCES += src/api/explorer/explorer_query.c src/api/explorer/explorer_query.h
libapi_a_SOURCES += src/api/explorer/explorer.c
libapi_a_SOURCES += src/api/explorer/explorer_view.c
libapi_a_SOURCES += src/api/explorer/bulk_action.c
libapi_a_SOURCES += src/api/explorer/change_request.c
