// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* @size bytes and a zero. */
static void *read_bytes(FILE *f, size_t size)
{
	char *data = malloc(size + 1);

	if (!data || fread(data, 1, size, f) != size) {
		free(data);
		return NULL;
	}
	data[size] = '\0';
	return data;
}

static void free_op(struct trace_op *op)
{
	free(op->name);
	free(op->to);
	free(op->data);
}

static int read_op(FILE *f, const struct trace_head *head, struct trace_op *op)
{
	*op = (struct trace_op){
		.type = head->type,
		.ino = head->ino,
		.offset = head->offset,
		.size = head->size,
	};
	op->name = read_bytes(f, head->name_size);
	op->to = op->name ? read_bytes(f, head->to_size) : NULL;
	op->data = op->to ? read_bytes(f, head->size) : NULL;
	if (op->data)
		return 0;
	free_op(op);
	return -EBADMSG;
}

int trace_read(const char *path, struct trace *out)
{
	FILE *f = fopen(path, "re");
	struct trace_head head;
	size_t room = 0, got;
	int ret = 0;

	*out = (struct trace){0};
	if (!f)
		return -errno;
	while (!ret && (got = fread(&head, 1, sizeof(head), f)) > 0) {
		if (out->n == room) {
			struct trace_op *op;

			room = room ? 2 * room : 1024;
			op = realloc(out->op, room * sizeof(*op));
			if (!op) {
				ret = -ENOMEM;
				break;
			}
			out->op = op;
		}
		ret = got == sizeof(head) ? read_op(f, &head, &out->op[out->n]) : -EBADMSG;
		out->n += !ret;
	}
	fclose(f);
	if (ret)
		trace_free(out);
	return ret;
}

void trace_free(struct trace *t)
{
	for (size_t i = 0; i < t->n; i++)
		free_op(&t->op[i]);
	free(t->op);
	*t = (struct trace){0};
}
