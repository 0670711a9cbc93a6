/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of ovpp ledger, and what they share. */
#ifndef OVPP_LEDGER_VERBS_H
#define OVPP_LEDGER_VERBS_H

#include "cli.h"
#include "ledger_read.h"

int ledger_status(struct cli *cli);
int ledger_query(struct cli *cli);
int ledger_export(struct cli *cli);
int ledger_prove(struct cli *cli);
int ledger_verify(struct cli *cli);

/* Its file. */
const char *ledger_path(const struct cli *cli);

/*
 * Opens the ledger that is meant, as it is now, for reading only. What is wrong is
 * printed. Returns enum cli_status.
 */
int ledger_open(struct cli *cli, struct ovpp_reader **r);

/* The opposite; @status, or something worse. */
int ledger_close(struct cli *cli, struct ovpp_reader *r, int status);

/* Says what went wrong in the ledger; returns enum cli_status. */
int ledger_failed(struct cli *cli, struct ovpp_reader *r, int err);

/* An option that is a moment; left alone if it is not given. enum cli_status. */
int ledger_moment(struct cli *cli, const char *name, int64_t *real_ns);

/* "A-B" or "A". 0 or -EINVAL. */
int ledger_range(const char *text, uint64_t *first, uint64_t *last);

/* "2030-06-01 12:00:00.000" in @buf of SHOW_TEXT bytes, which is returned. */
const char *ledger_time(int64_t real_ns, char *buf);

#endif /* OVPP_LEDGER_VERBS_H */
