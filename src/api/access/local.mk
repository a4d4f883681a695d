libapi_a_SOURCES += src/api/access/resources.def src/api/access/access.h \
	src/api/access/grant.c src/api/access/team_project.c src/api/access/team_workspace.c
