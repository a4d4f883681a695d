# Configurations for web servers, with the paths of this installation filled in. What only the
# administrator can know (host name, certificate) gets an example.
webserver_files = \
	nginx/nginx-upstream.conf \
	nginx/nginx-locations.conf \
	nginx/nginx-site.conf \
	nginx/apache-proxy.conf \
	nginx/apache-fcgid.conf \
	nginx/apache-cgi.conf \
	nginx/htaccess \
	nginx/terrace.socket \
	nginx/terrace.service \
	nginx/terrace-worker.service
webserver_programs = nginx/spawn-fcgi.sh

webserverdir = $(pkgdatadir)/webserver
nodist_webserver_DATA = $(webserver_files)
nodist_webserver_SCRIPTS = $(webserver_programs)
dist_webserver_DATA = nginx/README.md
CLEANFILES += $(webserver_files) $(webserver_programs)
EXTRA_DIST += \
	nginx/nginx-upstream.conf.in \
	nginx/nginx-locations.conf.in \
	nginx/nginx-site.conf.in \
	nginx/apache-proxy.conf.in \
	nginx/apache-fcgid.conf.in \
	nginx/apache-cgi.conf.in \
	nginx/htaccess.in \
	nginx/terrace.socket.in \
	nginx/terrace.service.in \
	nginx/terrace-worker.service.in \
	nginx/spawn-fcgi.sh.in

webserver_run = /run/terrace
webserver_edit = sed \
	-e 's|[@]listen@|unix:$(webserver_run)/terrace.sock|g' \
	-e 's|[@]socket@|$(webserver_run)/terrace.sock|g' \
	-e 's|[@]pid_file@|$(webserver_run)/terrace.pid|g' \
	-e 's|[@]log_file@|/var/log/terrace.log|g' \
	-e 's|[@]web_root@|$(pkgdatadir)/web|g' \
	-e 's|[@]conf_dir@|$(webserverdir)|g' \
	-e 's|[@]program@|$(libexecdir)/terrace.fcgi|g' \
	-e 's|[@]worker_program@|$(libexecdir)/terrace-worker|g' \
	-e 's|[@]program_dir@|$(libexecdir)|g' \
	-e 's|[@]config@|$(sysconfdir)/terrace/terrace.conf|g' \
	-e 's|[@]document_root@|/var/www/terrace|g' \
	-e 's|[@]acme_root@|/var/www/acme|g' \
	-e 's|[@]host@|terrace.example.org|g' \
	-e 's|[@]http_port@|80|g' \
	-e 's|[@]https_port@|443|g' \
	-e 's|[@]certificate@|/etc/ssl/certs/terrace.pem|g' \
	-e 's|[@]certificate_key@|/etc/ssl/private/terrace.key|g'

$(webserver_files) $(webserver_programs): Makefile
	$(AM_V_GEN)$(MKDIR_P) nginx && \
	$(webserver_edit) $(top_srcdir)/$@.in >$@.tmp && mv $@.tmp $@
nginx/nginx-upstream.conf: nginx/nginx-upstream.conf.in
nginx/nginx-locations.conf: nginx/nginx-locations.conf.in
nginx/nginx-site.conf: nginx/nginx-site.conf.in
nginx/apache-proxy.conf: nginx/apache-proxy.conf.in
nginx/apache-fcgid.conf: nginx/apache-fcgid.conf.in
nginx/apache-cgi.conf: nginx/apache-cgi.conf.in
nginx/htaccess: nginx/htaccess.in
nginx/terrace.socket: nginx/terrace.socket.in
nginx/terrace.service: nginx/terrace.service.in
nginx/terrace-worker.service: nginx/terrace-worker.service.in
nginx/spawn-fcgi.sh: nginx/spawn-fcgi.sh.in
