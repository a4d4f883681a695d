# src/vcs
noinst_LIBRARIES += libvcs.a
libvcs_a_SOURCES = src/vcs/vcs_provider.c src/vcs/vcs_provider.h
