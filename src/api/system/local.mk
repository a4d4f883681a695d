libapi_a_SOURCES += src/api/system/resources.def
libapi_a_SOURCES += src/api/system/discovery.c
libapi_a_SOURCES += src/api/system/housekeeping.c
libapi_a_SOURCES += src/api/system/housekeeping.h
libapi_a_SOURCES += src/api/system/ip_ranges.c
