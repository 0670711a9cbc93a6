/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of a device into the payload of a message that is read from it. */
#ifndef SIM_SLAVE_ENCODE_H
#define SIM_SLAVE_ENCODE_H

#include "slave.h"

/**
 * slave_encode() - the inverse of ovpp_message_decode()
 * @prof: profile
 * @msg: one of its messages that is read
 * @p: values
 * @data: payload of the message's length with what it held before
 *
 * A point that is not known becomes a raw value that is none, if the signal has
 * one, else 0. Energy goes round where its register ends. The power of ten of a
 * scaled signal only ever grows, when a value does not fit any more, so that it is
 * as steady as a device's.
 */
void slave_encode(const struct ovpp_profile *prof, const struct ovpp_message *msg,
		  const struct points *p, uint8_t *data);

/* Before the first values: no power of ten is known. */
void slave_encode_init(const struct ovpp_profile *prof, const struct ovpp_message *msg,
		       uint8_t *data);

#endif /* SIM_SLAVE_ENCODE_H */
