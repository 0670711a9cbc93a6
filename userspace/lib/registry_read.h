/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the contract DeviceRegistry has of an identity, now. */
#ifndef OVPP_REGISTRY_READ_H
#define OVPP_REGISTRY_READ_H

#include "evm_session.h"
#include "registry_plan.h"

/**
 * ovpp_registry_read() - ask for it
 * @s: session
 * @id: identity
 * @first: its first key, which the contract only has in the id
 * @state: set
 *
 * Return: 0, also if it is not registered; -E2BIG: more than OVPP_REGISTRY_KEYS keys; or
 * as ovpp_evm_view().
 */
int ovpp_registry_read(struct ovpp_evm_session *s, const uint8_t id[32],
		       const uint8_t first[OVPP_KEY_SIZE], struct ovpp_registry_state *state);

#endif /* OVPP_REGISTRY_READ_H */
