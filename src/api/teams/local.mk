libapi_a_SOURCES += src/api/teams/resources.def src/api/teams/teams.h \
	src/api/teams/organization_access.c src/api/teams/organization_membership.c \
	src/api/teams/team.c src/api/teams/team_members.c
