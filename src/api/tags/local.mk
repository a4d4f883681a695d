libapi_a_SOURCES += src/api/tags/resources.def
libapi_a_SOURCES += src/api/tags/tag.c
libapi_a_SOURCES += src/api/tags/tag_binding.c
libapi_a_SOURCES += src/api/tags/tags.h
