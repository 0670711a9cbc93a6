// SPDX-License-Identifier: GPL-2.0-or-later
#include "marks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const words[N_MARKS] = {
	[MARK_GATEWAY] = "gateway", [MARK_BATCH] = "batch",   [MARK_EPOCH] = "epoch",
	[MARK_PRUNED] = "pruned",   [MARK_EXPORT] = "export",
};

static int parse(const char *line, struct mark *mark)
{
	char word[16], hex[2 * OVPP_HASH_SIZE + 1] = "";
	int n = sscanf(line, "%15s %" SCNu64 " %64s", word, &mark->number, hex);

	mark->has_hash = n == 3;
	if (n < 2 || (n == 3 && ovpp_unhex(hex, mark->hash, sizeof(mark->hash))))
		return -EBADMSG;
	for (mark->type = 0; mark->type < N_MARKS; mark->type++)
		if (!strcmp(words[mark->type], word))
			return 0;
	return -EBADMSG;
}

int marks_add(struct marks *m, const char *text)
{
	for (const char *line = text; *line;) {
		struct mark *more = realloc(m->mark, (m->n + 1) * sizeof(*more));
		const char *end = strchr(line, '\n');
		int ret;

		if (!more)
			return -ENOMEM;
		m->mark = more;
		ret = end ? parse(line, &more[m->n]) : -EBADMSG;
		if (ret)
			return ret;
		m->n++;
		line = end + 1;
	}
	return 0;
}

int marks_read(struct marks *m, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[256];
	int ret = 0;

	if (!f)
		return -errno;
	while (!ret && fgets(line, sizeof(line), f))
		ret = marks_add(m, line);
	fclose(f);
	return ret;
}

void marks_free(struct marks *m)
{
	free(m->mark);
	*m = (struct marks){0};
}

const struct mark *marks_said(const struct marks *m, enum mark_type type)
{
	for (size_t i = m->said; i > 0; i--)
		if (m->mark[i - 1].type == type)
			return &m->mark[i - 1];
	return NULL;
}

const struct mark *marks_next(const struct marks *m, enum mark_type type)
{
	for (size_t i = m->said; i < m->n; i++)
		if (m->mark[i].type == type)
			return &m->mark[i];
	return NULL;
}

const struct mark *marks_find(const struct marks *m, enum mark_type type, uint64_t number)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->mark[i].type == type && m->mark[i].number == number)
			return &m->mark[i];
	return NULL;
}

int mark_say(enum mark_type type, uint64_t number, const uint8_t *hash)
{
	const char *path = getenv("OVPP_CRASH_MARKS");
	char hex[2 * OVPP_HASH_SIZE + 1] = "", line[128];
	ssize_t size, done;
	int fd;

	if (hash)
		ovpp_hex(hash, OVPP_HASH_SIZE, hex);
	size = snprintf(line, sizeof(line), "%s %" PRIu64 " %s\n", words[type], number, hex);
	fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (fd < 0)
		return -EBADF;
	done = write(fd, line, (size_t)size);
	close(fd);
	return done == size ? 0 : -EIO;
}
