/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What work.c said that it had done, once the ledger had told it so: lines "WHAT
 * NUMBER [TEXT]". A state of the disk must keep all that was said before the power
 * went.
 */
#ifndef CRASH_MARKS_H
#define CRASH_MARKS_H

#include <stdbool.h>

#include "evidence.h"
#include "trace.h"

/**
 * enum mark_type - what was done
 * @MARK_GATEWAY: the ledger is open; text: its gateway
 * @MARK_BATCH: this batch is stored; text: hash of its signed header
 * @MARK_EPOCH: this epoch is in force
 * @MARK_PRUNED: the batches below this number have no records any more
 * @MARK_EXPORT: the batches below this number are in the export
 */
enum mark_type {
	MARK_GATEWAY,
	MARK_BATCH,
	MARK_EPOCH,
	MARK_PRUNED,
	MARK_EXPORT,
	N_MARKS,
};

struct mark {
	enum mark_type type;
	uint64_t number;
	bool has_hash;
	ovpp_hash hash;
};

/**
 * struct marks - marks, in their order
 * @mark: marks
 * @n: their number
 * @said: how many of them were said before the power went
 * @complete: what was being done then is among the ones after that
 */
struct marks {
	struct mark *mark;
	size_t n;
	size_t said;
	bool complete;
};

/* Adds the marks of a text. 0 or -errno; -EBADMSG: it has something else. */
int marks_add(struct marks *m, const char *text);
/* All of a file. */
int marks_read(struct marks *m, const char *path);
void marks_free(struct marks *m);

/* The newest of its type that was said, and the first that was said after the power
 * went; NULL: there is none.
 */
const struct mark *marks_said(const struct marks *m, enum mark_type type);
const struct mark *marks_next(const struct marks *m, enum mark_type type);

/* One of this type and number, whenever it was said; NULL. */
const struct mark *marks_find(const struct marks *m, enum mark_type type, uint64_t number);

/* Writes a line to $OVPP_CRASH_MARKS; @hash may be NULL. 0 or -errno. */
int mark_say(enum mark_type type, uint64_t number, const uint8_t *hash);

#endif /* CRASH_MARKS_H */
