/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chain's thread: it has a loop and a connection to the ledger of its own, so that
 * neither control nor records ever wait for a node.
 */
#ifndef OVPPD_CHAIN_H
#define OVPPD_CHAIN_H

#include "anchoring.h"

struct chain;

/**
 * chain_open() - begin, without a chain
 * @place: where things are; its texts are copied
 * @log: used by the thread
 * @out: set; to be closed with chain_close()
 *
 * Return: 0 or -errno.
 */
int chain_open(const struct anchoring_place *place, struct logger *log, struct chain **out);
/* Ends the thread, at once: nobody waits for an answer. */
void chain_close(struct chain *c);

/*
 * The section "chain" of the configuration, from now on; NULL: none. Also with an equal
 * one what it names (deployment, passphrase) is read again. Return: 0 or -errno.
 */
int chain_set(struct chain *c, json_t *section);

/* As anchoring_status(), at most a second old; null without a section. */
json_t *chain_status(struct chain *c);

#endif /* OVPPD_CHAIN_H */
