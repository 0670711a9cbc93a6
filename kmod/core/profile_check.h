/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of ovpp_profile_check(): what a Modbus profile must be beyond what every
 * profile is. Each returns NULL or what is wrong.
 */
#ifndef OVPP_CORE_PROFILE_CHECK_H
#define OVPP_CORE_PROFILE_CHECK_H

#include "profile.h"

/* @msg->signal and @msg->signals are within the table. */
const char *ovpp_modbus_check_message(const struct ovpp_profile *prof,
				      const struct ovpp_message *msg);

/* @sig fits into @msg->length. */
const char *ovpp_modbus_check_signal(const struct ovpp_message *msg,
				     const struct ovpp_signal *sig);

/* @used: OVPP_PAYLOAD_MAX bytes with a 1 for every bit that a sent signal decides. */
const char *ovpp_modbus_check_used(const struct ovpp_profile *prof,
				   const struct ovpp_message *msg,
				   const u8 *used);

#endif /* OVPP_CORE_PROFILE_CHECK_H */
