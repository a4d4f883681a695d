noinst_LIBRARIES += libjsonapi.a
libjsonapi_a_SOURCES = \
	src/jsonapi/audit.c src/jsonapi/audit.h \
	src/jsonapi/context.c src/jsonapi/context.h src/jsonapi/handler.h src/jsonapi/resource.h src/jsonapi/request.h src/jsonapi/errors.def \
	src/jsonapi/engine.c src/jsonapi/engine.h \
	src/jsonapi/error.c src/jsonapi/error.h \
	src/jsonapi/include.c src/jsonapi/include.h \
	src/jsonapi/paging.c src/jsonapi/paging.h \
	src/jsonapi/patch.c src/jsonapi/patch.h \
	src/jsonapi/rate_limit.c src/jsonapi/rate_limit.h \
	src/jsonapi/read.c src/jsonapi/reads.c src/jsonapi/render.c src/jsonapi/render.h \
	src/jsonapi/touches.c src/jsonapi/write.c
libjsonapi_a_CPPFLAGS = $(AM_CPPFLAGS)
