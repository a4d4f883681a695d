# src/hooks
noinst_LIBRARIES += libhooks.a
libhooks_a_SOURCES = \
	src/hooks/hook.c src/hooks/hook.h \
	src/hooks/hook_body.c src/hooks/hook_body.h \
	src/hooks/hook_link.c src/hooks/hook_link.h \
	src/hooks/hook_mail.c src/hooks/hook_mail.h
