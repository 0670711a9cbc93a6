/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A serial line of the tests: takes calls and is told what becomes of them. */
#ifndef OVPP_TESTS_PROXY_LINE_FAKE_H
#define OVPP_TESTS_PROXY_LINE_FAKE_H

#include "../../userspace/ovppd/proxy_line.h"

#define FAKE_CALLS 64

/**
 * struct fake - a line
 * @line: what the proxy sees
 * @refuse: what submitting fails with; 0: it does not
 * @n: number of calls at hand
 * @call: they, in the order in which they came
 * @taken: all that ever came
 */
struct fake {
	struct proxy_line line;
	int refuse;
	unsigned int n;
	struct proxy_call *call[FAKE_CALLS];
	unsigned int taken;
};

static inline int fake_submit(struct proxy_line *line, struct proxy_call *call)
{
	struct fake *f = line->arg;

	if (f->refuse)
		return f->refuse;
	f->call[f->n++] = call;
	f->taken++;
	return 0;
}

static inline void fake_init(struct fake *f)
{
	*f = (struct fake){0};
	proxy_line_init(&f->line, fake_submit, f);
}

/* The call at hand number @i ends with -errno, or with the PDU given. */
static inline void fake_end(struct fake *f, unsigned int i, int res, const uint8_t *pdu)
{
	struct proxy_call *call = f->call[i];

	f->n--;
	memmove(&f->call[i], &f->call[i + 1], (f->n - i) * sizeof(f->call[0]));
	if (pdu)
		memcpy(call->pdu, pdu, (size_t)res);
	proxy_line_done(call, res);
}

#endif /* OVPP_TESTS_PROXY_LINE_FAKE_H */
