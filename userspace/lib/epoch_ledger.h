/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An epoch from a ledger of one's own. */
#ifndef OVPP_EPOCH_LEDGER_H
#define OVPP_EPOCH_LEDGER_H

#include "epoch.h"
#include "ledger_read.h"

/*
 * The records of the epoch's time, not verified. 0; -EBADMSG: the ledger is damaged; or
 * another -errno.
 */
int ovpp_epoch_ledger(struct ovpp_epoch *e, struct ovpp_reader *r);

#endif /* OVPP_EPOCH_LEDGER_H */
