// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy_line.h"

#include <stddef.h>

void proxy_line_init(struct proxy_line *line,
		     int (*submit)(struct proxy_line *line, struct proxy_call *call), void *arg)
{
	*line = (struct proxy_line){.submit = submit, .arg = arg, .last = &line->first};
}

/* Takes out the call that @p points to. */
static struct proxy_call *take(struct proxy_line *line, struct proxy_call **p)
{
	struct proxy_call *call = *p;

	*p = call->next;
	if (!*p)
		line->last = p;
	return call;
}

static void finish(struct proxy_call *call, int res)
{
	call->line->running--;
	call->busy = false;
	call->done(call->arg, res);
}

static void run(struct proxy_line *line)
{
	struct proxy_call *call;
	int ret;

	while (line->first && line->running < OVPP_MODBUS_QUEUE_MAX) {
		call = take(line, &line->first);
		line->running++;
		ret = line->submit(line, call);
		if (ret < 0)
			finish(call, ret);
	}
}

void proxy_line_put(struct proxy_line *line, struct proxy_call *call)
{
	call->line = line;
	call->busy = true;
	call->next = NULL;
	*line->last = call;
	line->last = &call->next;
	run(line);
}

void proxy_line_done(struct proxy_call *call, int res)
{
	struct proxy_line *line = call->line;

	finish(call, res);
	run(line);
}

void proxy_line_forget(struct proxy_call *call)
{
	struct proxy_line *line = call->line;

	if (!call->busy)
		return;
	for (struct proxy_call **p = &line->first; *p; p = &(*p)->next) {
		if (*p == call) {
			take(line, p)->busy = false;
			return;
		}
	}
}
