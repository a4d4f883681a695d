noinst_LIBRARIES += libauth.a
libauth_a_SOURCES = \
	src/auth/permission.c src/auth/permission.h \
	src/auth/principal.c src/auth/principal.h
libauth_a_CPPFLAGS = $(AM_CPPFLAGS)
