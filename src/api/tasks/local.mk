libapi_a_SOURCES += src/api/tasks/resources.def
libapi_a_SOURCES += src/api/tasks/run_task.c
libapi_a_SOURCES += src/api/tasks/workspace_task.c
libapi_a_SOURCES += src/api/tasks/task_stage_names.c
libapi_a_SOURCES += src/api/tasks/tasks.h
libapi_a_SOURCES += src/api/tasks/task_stage.c
libapi_a_SOURCES += src/api/tasks/task_result.c
libapi_a_SOURCES += src/api/tasks/task_callback.c
