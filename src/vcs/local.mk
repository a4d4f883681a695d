# src/vcs
noinst_LIBRARIES += libvcs.a
libvcs_a_SOURCES = src/vcs/vcs_provider.c src/vcs/vcs_provider.h
libvcs_a_SOURCES += src/vcs/vcs_calls.c src/vcs/vcs_calls.h
libvcs_a_SOURCES += src/vcs/vcs_event.c src/vcs/vcs_event.h src/vcs/vcs_payload.c
libvcs_a_SOURCES += src/vcs/vcs_json.c src/vcs/vcs_json.h
libvcs_a_SOURCES += src/vcs/vcs_oauth.c src/vcs/vcs_oauth.h
libvcs_a_SOURCES += src/vcs/vcs_match.c src/vcs/vcs_match.h
