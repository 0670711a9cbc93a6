// SPDX-License-Identifier: GPL-2.0-or-later
#include "status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "chain.h"
#include "daemon.h"
#include "proxy.h"
#include "site.h"

static json_t *store_object(const struct store_stats *st)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:s}", "batches", (json_int_t)st->batches, "records",
			 (json_int_t)st->records, "lost", (json_int_t)st->lost, "pruned_batches",
			 (json_int_t)st->pruned, "waiting_batches", (json_int_t)st->waiting,
			 "error", st->error);
}

static char *status_text(struct daemon *d)
{
	json_t *sites = json_array(), *all;
	struct store_stats stats;
	char *text;

	for (const struct site *s = d->sites; s; s = s->next)
		if (!s->closing)
			json_array_append_new(sites, site_status(s));
	store_stats(d->store, &stats);
	all = json_pack("{s:I,s:s,s:b,s:b,s:O,s:o,s:o,s:o,s:o}", "pid", (json_int_t)getpid(),
			"config", d->config_path, "restored", d->restored, "connected",
			d->connected, "errors", d->errors, "ledger", store_object(&stats), "chain",
			chain_status(d->chain), "sites", sites, "proxies", proxies_status(d));
	text = json_dumps(all, JSON_INDENT(2));
	json_decref(all);
	return text;
}

/* A client that does not read gets what fits its socket, and cannot hold us. */
static void answer(void *arg)
{
	struct daemon *d = arg;
	int fd = accept4(d->status.watch.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	char *text;

	if (fd < 0)
		return;
	text = status_text(d);
	if (text && send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		log_debug(&d->log, "status: %s", strerror(errno));
	free(text);
	close(fd);
}

int status_open(struct status *st, struct daemon *daemon, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, ret = 0;

	st->path[0] = '\0';
	st->watch.fd = -1;
	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* The ledger's lock says that nobody else is listening there. */
	unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || chmod(path, 0660) ||
	    listen(fd, 8)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	strcpy(st->path, path);
	st->watch = (struct loop_watch){.ready = answer, .arg = daemon, .fd = fd};
	loop_watch(&daemon->loop, &st->watch);
	return 0;
}

void status_close(struct status *st)
{
	if (!st->path[0])
		return;
	unlink(st->path);
	close(st->watch.fd);
	st->path[0] = '\0';
}
