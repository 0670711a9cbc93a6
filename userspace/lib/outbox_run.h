/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outbox where there is no event loop: asks nodes and waits. */
#ifndef OVPP_OUTBOX_RUN_H
#define OVPP_OUTBOX_RUN_H

#include "outbox.h"
#include "rpc.h"

/**
 * ovpp_outbox_run() - go on until there is a reason to stop
 * @o: outbox
 * @rpc: opened without a loop
 * @stop: asked before each question and each wait
 * @arg: its argument
 *
 * A database that does not work is tried again, too: ovpp_outbox_trouble() says so.
 */
void ovpp_outbox_run(struct ovpp_outbox *o, struct ovpp_rpc *rpc, bool (*stop)(void *arg),
		     void *arg);

#endif /* OVPP_OUTBOX_RUN_H */
