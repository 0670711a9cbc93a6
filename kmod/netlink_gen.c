// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	docs/netlink/specs/openvpp.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/openvpp_netlink.h>

/* Integer value ranges */
static const struct netlink_range_validation ovpp_a_site_period_ns_range = {
	.min	= 100000ULL,
	.max	= 1000000000ULL,
};

static const struct netlink_range_validation ovpp_a_site_ring_records_range = {
	.min	= 64ULL,
	.max	= 1048576ULL,
};

static const struct netlink_range_validation ovpp_a_site_sample_ms_range = {
	.max	= 3600000ULL,
};

static const struct netlink_range_validation ovpp_a_site_heartbeat_ms_range = {
	.min	= 10ULL,
	.max	= 3600000ULL,
};

static const struct netlink_range_validation ovpp_a_site_fallback_ms_range = {
	.max	= 604800000ULL,
};

static const struct netlink_range_validation ovpp_a_site_grace_ms_range = {
	.max	= 3600000ULL,
};

static const struct netlink_range_validation ovpp_a_bus_restart_min_ms_range = {
	.min	= 10ULL,
	.max	= 60000ULL,
};

static const struct netlink_range_validation ovpp_a_bus_restart_max_ms_range = {
	.min	= 10ULL,
	.max	= 600000ULL,
};

static const struct netlink_range_validation ovpp_a_der_node_range = {
	.max	= 65535ULL,
};

static const struct netlink_range_validation ovpp_a_message_id_range = {
	.max	= 536870911ULL,
};

static const struct netlink_range_validation ovpp_a_message_stride_range = {
	.max	= 536870911ULL,
};

static const struct netlink_range_validation ovpp_a_message_timeout_ms_range = {
	.max	= 3600000ULL,
};

static const struct netlink_range_validation ovpp_a_message_period_ms_range = {
	.max	= 3600000ULL,
};

static const struct netlink_range_validation ovpp_a_message_gap_ms_range = {
	.max	= 3600000ULL,
};

static const struct netlink_range_validation ovpp_a_profile_spacing_ms_range = {
	.max	= 60000ULL,
};

static const struct netlink_range_validation ovpp_a_policy_export_max_mw_range = {
	.max	= 274877906944ULL,
};

static const struct netlink_range_validation ovpp_a_policy_import_max_mw_range = {
	.max	= 274877906944ULL,
};

static const struct netlink_range_validation ovpp_a_policy_ramp_mw_s_range = {
	.max	= 274877906944ULL,
};

static const struct netlink_range_validation ovpp_a_policy_deadband_mw_range = {
	.max	= 274877906944ULL,
};

static const struct netlink_range_validation ovpp_a_policy_gain_ppm_range = {
	.min	= 1000ULL,
	.max	= 1000000ULL,
};

static const struct netlink_range_validation ovpp_a_policy_settle_ms_range = {
	.min	= 1ULL,
	.max	= 600000ULL,
};

static const struct netlink_range_validation ovpp_a_policy_f_nominal_mhz_range = {
	.min	= 40000ULL,
	.max	= 70000ULL,
};

static const struct netlink_range_validation ovpp_a_policy_droop_mw_hz_range = {
	.max	= 274877906944ULL,
};

static const struct netlink_range_validation ovpp_a_policy_soc_min_ppm_range = {
	.max	= 1000000ULL,
};

static const struct netlink_range_validation ovpp_a_policy_soc_max_ppm_range = {
	.max	= 1000000ULL,
};

static const struct netlink_range_validation ovpp_a_envelope_export_max_mw_range = {
	.max	= 274877906944ULL,
};

static const struct netlink_range_validation ovpp_a_envelope_import_max_mw_range = {
	.max	= 274877906944ULL,
};

static const struct netlink_range_validation ovpp_a_envelope_ramp_mw_s_range = {
	.max	= 274877906944ULL,
};

static const struct netlink_range_validation ovpp_a_envelope_soc_min_ppm_range = {
	.max	= 1000000ULL,
};

static const struct netlink_range_validation ovpp_a_envelope_soc_max_ppm_range = {
	.max	= 1000000ULL,
};

static const struct netlink_range_validation ovpp_a_block_duration_ms_range = {
	.min	= 1ULL,
	.max	= 604800000ULL,
};

/* Common nested types */
const struct nla_policy openvpp_block_nl_policy[OVPP_A_BLOCK_P_MW + 1] = {
	[OVPP_A_BLOCK_DER] = { .type = NLA_U32, },
	[OVPP_A_BLOCK_START_NS] = { .type = NLA_UINT, },
	[OVPP_A_BLOCK_DURATION_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_block_duration_ms_range),
	[OVPP_A_BLOCK_P_MW] = { .type = NLA_SINT, },
};

const struct nla_policy openvpp_map_nl_policy[OVPP_A_MAP_VALUE + 1] = {
	[OVPP_A_MAP_RAW] = { .type = NLA_UINT, },
	[OVPP_A_MAP_VALUE] = { .type = NLA_SINT, },
};

const struct nla_policy openvpp_message_nl_policy[OVPP_A_MESSAGE_SIGNAL + 1] = {
	[OVPP_A_MESSAGE_ID] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_message_id_range),
	[OVPP_A_MESSAGE_STRIDE] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_message_stride_range),
	[OVPP_A_MESSAGE_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7f),
	[OVPP_A_MESSAGE_LENGTH] = NLA_POLICY_MAX(NLA_U32, 250),
	[OVPP_A_MESSAGE_TIMEOUT_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_message_timeout_ms_range),
	[OVPP_A_MESSAGE_PERIOD_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_message_period_ms_range),
	[OVPP_A_MESSAGE_GAP_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_message_gap_ms_range),
	[OVPP_A_MESSAGE_FILL] = { .type = NLA_U8, },
	[OVPP_A_MESSAGE_SIGNAL] = NLA_POLICY_NESTED(openvpp_signal_nl_policy),
};

const struct nla_policy openvpp_signal_nl_policy[OVPP_A_SIGNAL_SCALE_START + 1] = {
	[OVPP_A_SIGNAL_POINT] = NLA_POLICY_MAX(NLA_U32, 25),
	[OVPP_A_SIGNAL_START] = NLA_POLICY_MAX(NLA_U32, 1999),
	[OVPP_A_SIGNAL_LENGTH] = NLA_POLICY_RANGE(NLA_U32, 1, 64),
	[OVPP_A_SIGNAL_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7ff),
	[OVPP_A_SIGNAL_NUM] = { .type = NLA_SINT, },
	[OVPP_A_SIGNAL_DEN] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVPP_A_SIGNAL_OFFSET] = { .type = NLA_SINT, },
	[OVPP_A_SIGNAL_RAW_MIN] = { .type = NLA_SINT, },
	[OVPP_A_SIGNAL_RAW_MAX] = { .type = NLA_SINT, },
	[OVPP_A_SIGNAL_MUX_VALUE] = { .type = NLA_UINT, },
	[OVPP_A_SIGNAL_MAP] = NLA_POLICY_NESTED(openvpp_map_nl_policy),
	[OVPP_A_SIGNAL_SCALE_START] = NLA_POLICY_MAX(NLA_U32, 1999),
};

/* OVPP_CMD_SITE_GET - do */
static const struct nla_policy openvpp_site_get_nl_policy[OVPP_A_SITE_NAME + 1] = {
	[OVPP_A_SITE_ID] = { .type = NLA_U32, },
	[OVPP_A_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_SITE_NEW - do */
static const struct nla_policy openvpp_site_new_nl_policy[OVPP_A_SITE_GRACE_MS + 1] = {
	[OVPP_A_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_SITE_PERIOD_NS] = NLA_POLICY_FULL_RANGE(NLA_UINT, &ovpp_a_site_period_ns_range),
	[OVPP_A_SITE_CPU] = { .type = NLA_S32, },
	[OVPP_A_SITE_PRIORITY] = NLA_POLICY_RANGE(NLA_U32, 1, 98),
	[OVPP_A_SITE_RING_RECORDS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_site_ring_records_range),
	[OVPP_A_SITE_SAMPLE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_site_sample_ms_range),
	[OVPP_A_SITE_HEARTBEAT_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_site_heartbeat_ms_range),
	[OVPP_A_SITE_FALLBACK_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_site_fallback_ms_range),
	[OVPP_A_SITE_GRACE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_site_grace_ms_range),
};

/* OVPP_CMD_SITE_SET - do */
static const struct nla_policy openvpp_site_set_nl_policy[OVPP_A_SITE_GRACE_MS + 1] = {
	[OVPP_A_SITE_ID] = { .type = NLA_U32, },
	[OVPP_A_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_SITE_PERIOD_NS] = NLA_POLICY_FULL_RANGE(NLA_UINT, &ovpp_a_site_period_ns_range),
	[OVPP_A_SITE_CPU] = { .type = NLA_S32, },
	[OVPP_A_SITE_PRIORITY] = NLA_POLICY_RANGE(NLA_U32, 1, 98),
	[OVPP_A_SITE_SAMPLE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_site_sample_ms_range),
	[OVPP_A_SITE_HEARTBEAT_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_site_heartbeat_ms_range),
	[OVPP_A_SITE_FALLBACK_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_site_fallback_ms_range),
	[OVPP_A_SITE_GRACE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_site_grace_ms_range),
};

/* OVPP_CMD_SITE_DEL - do */
static const struct nla_policy openvpp_site_del_nl_policy[OVPP_A_SITE_NAME + 1] = {
	[OVPP_A_SITE_ID] = { .type = NLA_U32, },
	[OVPP_A_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_BUS_GET - do */
static const struct nla_policy openvpp_bus_get_do_nl_policy[OVPP_A_BUS_NAME + 1] = {
	[OVPP_A_BUS_SITE] = { .type = NLA_U32, },
	[OVPP_A_BUS_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_BUS_ID] = { .type = NLA_U32, },
	[OVPP_A_BUS_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_BUS_GET - dump */
static const struct nla_policy openvpp_bus_get_dump_nl_policy[OVPP_A_BUS_SITE_NAME + 1] = {
	[OVPP_A_BUS_SITE] = { .type = NLA_U32, },
	[OVPP_A_BUS_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_BUS_NEW - do */
static const struct nla_policy openvpp_bus_new_nl_policy[OVPP_A_BUS_FOREIGN_WRITE + 1] = {
	[OVPP_A_BUS_SITE] = { .type = NLA_U32, },
	[OVPP_A_BUS_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_BUS_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_BUS_TYPE] = NLA_POLICY_MAX(NLA_U32, 1),
	[OVPP_A_BUS_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[OVPP_A_BUS_LOOPBACK] = NLA_POLICY_MAX(NLA_U8, 1),
	[OVPP_A_BUS_RESTART_MIN_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_bus_restart_min_ms_range),
	[OVPP_A_BUS_RESTART_MAX_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_bus_restart_max_ms_range),
	[OVPP_A_BUS_TTY_FD] = { .type = NLA_U32, },
	[OVPP_A_BUS_PATH] = { .type = NLA_NUL_STRING, .len = OPENVPP_PATH_MAX, },
	[OVPP_A_BUS_RS485] = { .type = NLA_U32, },
	[OVPP_A_BUS_FOREIGN_WRITE] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* OVPP_CMD_BUS_SET - do */
static const struct nla_policy openvpp_bus_set_nl_policy[OVPP_A_BUS_FOREIGN_WRITE + 1] = {
	[OVPP_A_BUS_SITE] = { .type = NLA_U32, },
	[OVPP_A_BUS_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_BUS_ID] = { .type = NLA_U32, },
	[OVPP_A_BUS_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_BUS_LOOPBACK] = NLA_POLICY_MAX(NLA_U8, 1),
	[OVPP_A_BUS_RESTART_MIN_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_bus_restart_min_ms_range),
	[OVPP_A_BUS_RESTART_MAX_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_bus_restart_max_ms_range),
	[OVPP_A_BUS_TTY_FD] = { .type = NLA_U32, },
	[OVPP_A_BUS_FOREIGN_WRITE] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* OVPP_CMD_BUS_DEL - do */
static const struct nla_policy openvpp_bus_del_nl_policy[OVPP_A_BUS_NAME + 1] = {
	[OVPP_A_BUS_SITE] = { .type = NLA_U32, },
	[OVPP_A_BUS_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_BUS_ID] = { .type = NLA_U32, },
	[OVPP_A_BUS_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_DER_GET - do */
static const struct nla_policy openvpp_der_get_do_nl_policy[OVPP_A_DER_NAME + 1] = {
	[OVPP_A_DER_SITE] = { .type = NLA_U32, },
	[OVPP_A_DER_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DER_ID] = { .type = NLA_U32, },
	[OVPP_A_DER_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_DER_GET - dump */
static const struct nla_policy openvpp_der_get_dump_nl_policy[OVPP_A_DER_SITE_NAME + 1] = {
	[OVPP_A_DER_SITE] = { .type = NLA_U32, },
	[OVPP_A_DER_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_DER_NEW - do */
static const struct nla_policy openvpp_der_new_nl_policy[OVPP_A_DER_SAFE_MW + 1] = {
	[OVPP_A_DER_SITE] = { .type = NLA_U32, },
	[OVPP_A_DER_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DER_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DER_BUS] = { .type = NLA_U32, },
	[OVPP_A_DER_BUS_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DER_PROFILE] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DER_NODE] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_der_node_range),
	[OVPP_A_DER_KIND] = NLA_POLICY_MAX(NLA_U32, 7),
	[OVPP_A_DER_PCC] = NLA_POLICY_MAX(NLA_U8, 1),
	[OVPP_A_DER_SERIAL] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DER_SAFE_MW] = { .type = NLA_SINT, },
};

/* OVPP_CMD_DER_SET - do */
static const struct nla_policy openvpp_der_set_nl_policy[OVPP_A_DER_SAFE_MW + 1] = {
	[OVPP_A_DER_SITE] = { .type = NLA_U32, },
	[OVPP_A_DER_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DER_ID] = { .type = NLA_U32, },
	[OVPP_A_DER_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DER_KIND] = NLA_POLICY_MAX(NLA_U32, 7),
	[OVPP_A_DER_SERIAL] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DER_SAFE_MW] = { .type = NLA_SINT, },
};

/* OVPP_CMD_DER_DEL - do */
static const struct nla_policy openvpp_der_del_nl_policy[OVPP_A_DER_NAME + 1] = {
	[OVPP_A_DER_SITE] = { .type = NLA_U32, },
	[OVPP_A_DER_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DER_ID] = { .type = NLA_U32, },
	[OVPP_A_DER_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_PROFILE_GET - do */
static const struct nla_policy openvpp_profile_get_nl_policy[OVPP_A_PROFILE_NAME + 1] = {
	[OVPP_A_PROFILE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_PROFILE_NEW - do */
static const struct nla_policy openvpp_profile_new_nl_policy[OVPP_A_PROFILE_RESPONSE_MS + 1] = {
	[OVPP_A_PROFILE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_PROFILE_VERSION] = { .type = NLA_U32, },
	[OVPP_A_PROFILE_KIND] = NLA_POLICY_MAX(NLA_U32, 7),
	[OVPP_A_PROFILE_BUS] = NLA_POLICY_MAX(NLA_U32, 1),
	[OVPP_A_PROFILE_SPACING_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_profile_spacing_ms_range),
	[OVPP_A_PROFILE_RESPONSE_MS] = NLA_POLICY_RANGE(NLA_U32, 1, 10000),
	[OVPP_A_PROFILE_MESSAGE] = NLA_POLICY_NESTED(openvpp_message_nl_policy),
};

/* OVPP_CMD_PROFILE_DEL - do */
static const struct nla_policy openvpp_profile_del_nl_policy[OVPP_A_PROFILE_NAME + 1] = {
	[OVPP_A_PROFILE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_POLICY_GET - do */
static const struct nla_policy openvpp_policy_get_do_nl_policy[OVPP_A_POLICY_DER_NAME + 1] = {
	[OVPP_A_POLICY_SITE] = { .type = NLA_U32, },
	[OVPP_A_POLICY_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_POLICY_DER] = { .type = NLA_U32, },
	[OVPP_A_POLICY_DER_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_POLICY_GET - dump */
static const struct nla_policy openvpp_policy_get_dump_nl_policy[OVPP_A_POLICY_SITE_NAME + 1] = {
	[OVPP_A_POLICY_SITE] = { .type = NLA_U32, },
	[OVPP_A_POLICY_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_POLICY_SET - do */
static const struct nla_policy openvpp_policy_set_nl_policy[OVPP_A_POLICY_SOC_MAX_PPM + 1] = {
	[OVPP_A_POLICY_SITE] = { .type = NLA_U32, },
	[OVPP_A_POLICY_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_POLICY_DER] = { .type = NLA_U32, },
	[OVPP_A_POLICY_DER_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_POLICY_FALLBACK_MW] = { .type = NLA_SINT, },
	[OVPP_A_POLICY_EXPORT_MAX_MW] = NLA_POLICY_FULL_RANGE(NLA_UINT, &ovpp_a_policy_export_max_mw_range),
	[OVPP_A_POLICY_IMPORT_MAX_MW] = NLA_POLICY_FULL_RANGE(NLA_UINT, &ovpp_a_policy_import_max_mw_range),
	[OVPP_A_POLICY_RAMP_MW_S] = NLA_POLICY_FULL_RANGE(NLA_UINT, &ovpp_a_policy_ramp_mw_s_range),
	[OVPP_A_POLICY_DEADBAND_MW] = NLA_POLICY_FULL_RANGE(NLA_UINT, &ovpp_a_policy_deadband_mw_range),
	[OVPP_A_POLICY_GAIN_PPM] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_policy_gain_ppm_range),
	[OVPP_A_POLICY_SETTLE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_policy_settle_ms_range),
	[OVPP_A_POLICY_F_NOMINAL_MHZ] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_policy_f_nominal_mhz_range),
	[OVPP_A_POLICY_DROOP_MW_HZ] = NLA_POLICY_FULL_RANGE(NLA_UINT, &ovpp_a_policy_droop_mw_hz_range),
	[OVPP_A_POLICY_DROOP_DEADBAND_MHZ] = NLA_POLICY_MAX(NLA_U32, 5000),
	[OVPP_A_POLICY_ENABLE] = NLA_POLICY_MAX(NLA_U8, 1),
	[OVPP_A_POLICY_RANK] = NLA_POLICY_MAX(NLA_U32, 255),
	[OVPP_A_POLICY_REST_MW] = { .type = NLA_SINT, },
	[OVPP_A_POLICY_SOC_MIN_PPM] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_policy_soc_min_ppm_range),
	[OVPP_A_POLICY_SOC_MAX_PPM] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_policy_soc_max_ppm_range),
};

/* OVPP_CMD_ENVELOPE_GET - do */
static const struct nla_policy openvpp_envelope_get_do_nl_policy[OVPP_A_ENVELOPE_DER_NAME + 1] = {
	[OVPP_A_ENVELOPE_SITE] = { .type = NLA_U32, },
	[OVPP_A_ENVELOPE_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_ENVELOPE_DER] = { .type = NLA_U32, },
	[OVPP_A_ENVELOPE_DER_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_ENVELOPE_GET - dump */
static const struct nla_policy openvpp_envelope_get_dump_nl_policy[OVPP_A_ENVELOPE_SITE_NAME + 1] = {
	[OVPP_A_ENVELOPE_SITE] = { .type = NLA_U32, },
	[OVPP_A_ENVELOPE_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_ENVELOPE_SET - do */
static const struct nla_policy openvpp_envelope_set_nl_policy[OVPP_A_ENVELOPE_F_MAX_MHZ + 1] = {
	[OVPP_A_ENVELOPE_SITE] = { .type = NLA_U32, },
	[OVPP_A_ENVELOPE_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_ENVELOPE_DER] = { .type = NLA_U32, },
	[OVPP_A_ENVELOPE_DER_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_ENVELOPE_EXPORT_MAX_MW] = NLA_POLICY_FULL_RANGE(NLA_UINT, &ovpp_a_envelope_export_max_mw_range),
	[OVPP_A_ENVELOPE_IMPORT_MAX_MW] = NLA_POLICY_FULL_RANGE(NLA_UINT, &ovpp_a_envelope_import_max_mw_range),
	[OVPP_A_ENVELOPE_P_MIN_MW] = { .type = NLA_SINT, },
	[OVPP_A_ENVELOPE_P_MAX_MW] = { .type = NLA_SINT, },
	[OVPP_A_ENVELOPE_RAMP_MW_S] = NLA_POLICY_FULL_RANGE(NLA_UINT, &ovpp_a_envelope_ramp_mw_s_range),
	[OVPP_A_ENVELOPE_SOC_MIN_PPM] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_envelope_soc_min_ppm_range),
	[OVPP_A_ENVELOPE_SOC_MAX_PPM] = NLA_POLICY_FULL_RANGE(NLA_U32, &ovpp_a_envelope_soc_max_ppm_range),
	[OVPP_A_ENVELOPE_V_MIN_MV] = { .type = NLA_U32, },
	[OVPP_A_ENVELOPE_V_MAX_MV] = { .type = NLA_U32, },
	[OVPP_A_ENVELOPE_F_MIN_MHZ] = { .type = NLA_U32, },
	[OVPP_A_ENVELOPE_F_MAX_MHZ] = { .type = NLA_U32, },
};

/* OVPP_CMD_ENVELOPE_LOCK - do */
static const struct nla_policy openvpp_envelope_lock_nl_policy[OVPP_A_ENVELOPE_SITE_NAME + 1] = {
	[OVPP_A_ENVELOPE_SITE] = { .type = NLA_U32, },
	[OVPP_A_ENVELOPE_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_DISPATCH_GET - do */
static const struct nla_policy openvpp_dispatch_get_do_nl_policy[OVPP_A_DISPATCH_ID + 1] = {
	[OVPP_A_DISPATCH_SITE] = { .type = NLA_U32, },
	[OVPP_A_DISPATCH_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DISPATCH_ID] = { .type = NLA_U32, },
};

/* OVPP_CMD_DISPATCH_GET - dump */
static const struct nla_policy openvpp_dispatch_get_dump_nl_policy[OVPP_A_DISPATCH_SITE_NAME + 1] = {
	[OVPP_A_DISPATCH_SITE] = { .type = NLA_U32, },
	[OVPP_A_DISPATCH_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_DISPATCH_NEW - do */
static const struct nla_policy openvpp_dispatch_new_nl_policy[OVPP_A_DISPATCH_INSTEAD_OF + 1] = {
	[OVPP_A_DISPATCH_SITE] = { .type = NLA_U32, },
	[OVPP_A_DISPATCH_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DISPATCH_BLOCK] = NLA_POLICY_NESTED(openvpp_block_nl_policy),
	[OVPP_A_DISPATCH_INSTEAD_OF] = { .type = NLA_U32, },
};

/* OVPP_CMD_DISPATCH_DEL - do */
static const struct nla_policy openvpp_dispatch_del_nl_policy[OVPP_A_DISPATCH_ID + 1] = {
	[OVPP_A_DISPATCH_SITE] = { .type = NLA_U32, },
	[OVPP_A_DISPATCH_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_DISPATCH_ID] = { .type = NLA_U32, },
};

/* OVPP_CMD_HEARTBEAT - do */
static const struct nla_policy openvpp_heartbeat_nl_policy[OVPP_A_SITE_NAME + 1] = {
	[OVPP_A_SITE_ID] = { .type = NLA_U32, },
	[OVPP_A_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_STATS_GET - do */
static const struct nla_policy openvpp_stats_get_nl_policy[OVPP_A_STATS_SITE_NAME + 1] = {
	[OVPP_A_STATS_SITE] = { .type = NLA_U32, },
	[OVPP_A_STATS_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_STATS_RESET - do */
static const struct nla_policy openvpp_stats_reset_nl_policy[OVPP_A_STATS_SITE_NAME + 1] = {
	[OVPP_A_STATS_SITE] = { .type = NLA_U32, },
	[OVPP_A_STATS_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_HOOK_GET - do */
static const struct nla_policy openvpp_hook_get_do_nl_policy[OVPP_A_HOOK_NAME + 1] = {
	[OVPP_A_HOOK_SITE] = { .type = NLA_U32, },
	[OVPP_A_HOOK_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
	[OVPP_A_HOOK_ID] = { .type = NLA_U32, },
	[OVPP_A_HOOK_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* OVPP_CMD_HOOK_GET - dump */
static const struct nla_policy openvpp_hook_get_dump_nl_policy[OVPP_A_HOOK_SITE_NAME + 1] = {
	[OVPP_A_HOOK_SITE] = { .type = NLA_U32, },
	[OVPP_A_HOOK_SITE_NAME] = { .type = NLA_NUL_STRING, .len = OPENVPP_NAME_MAX, },
};

/* Ops table for openvpp */
const struct genl_split_ops openvpp_nl_ops[36] = {
	{
		.cmd		= OVPP_CMD_SITE_GET,
		.doit		= openvpp_nl_site_get_doit,
		.policy		= openvpp_site_get_nl_policy,
		.maxattr	= OVPP_A_SITE_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= OVPP_CMD_SITE_GET,
		.dumpit	= openvpp_nl_site_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVPP_CMD_SITE_NEW,
		.doit		= openvpp_nl_site_new_doit,
		.policy		= openvpp_site_new_nl_policy,
		.maxattr	= OVPP_A_SITE_GRACE_MS,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_SITE_SET,
		.doit		= openvpp_nl_site_set_doit,
		.policy		= openvpp_site_set_nl_policy,
		.maxattr	= OVPP_A_SITE_GRACE_MS,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_SITE_DEL,
		.doit		= openvpp_nl_site_del_doit,
		.policy		= openvpp_site_del_nl_policy,
		.maxattr	= OVPP_A_SITE_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_BUS_GET,
		.doit		= openvpp_nl_bus_get_doit,
		.policy		= openvpp_bus_get_do_nl_policy,
		.maxattr	= OVPP_A_BUS_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_BUS_GET,
		.dumpit		= openvpp_nl_bus_get_dumpit,
		.policy		= openvpp_bus_get_dump_nl_policy,
		.maxattr	= OVPP_A_BUS_SITE_NAME,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVPP_CMD_BUS_NEW,
		.doit		= openvpp_nl_bus_new_doit,
		.policy		= openvpp_bus_new_nl_policy,
		.maxattr	= OVPP_A_BUS_FOREIGN_WRITE,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_BUS_SET,
		.doit		= openvpp_nl_bus_set_doit,
		.policy		= openvpp_bus_set_nl_policy,
		.maxattr	= OVPP_A_BUS_FOREIGN_WRITE,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_BUS_DEL,
		.doit		= openvpp_nl_bus_del_doit,
		.policy		= openvpp_bus_del_nl_policy,
		.maxattr	= OVPP_A_BUS_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_DER_GET,
		.doit		= openvpp_nl_der_get_doit,
		.policy		= openvpp_der_get_do_nl_policy,
		.maxattr	= OVPP_A_DER_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_DER_GET,
		.dumpit		= openvpp_nl_der_get_dumpit,
		.policy		= openvpp_der_get_dump_nl_policy,
		.maxattr	= OVPP_A_DER_SITE_NAME,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVPP_CMD_DER_NEW,
		.doit		= openvpp_nl_der_new_doit,
		.policy		= openvpp_der_new_nl_policy,
		.maxattr	= OVPP_A_DER_SAFE_MW,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_DER_SET,
		.doit		= openvpp_nl_der_set_doit,
		.policy		= openvpp_der_set_nl_policy,
		.maxattr	= OVPP_A_DER_SAFE_MW,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_DER_DEL,
		.doit		= openvpp_nl_der_del_doit,
		.policy		= openvpp_der_del_nl_policy,
		.maxattr	= OVPP_A_DER_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_PROFILE_GET,
		.doit		= openvpp_nl_profile_get_doit,
		.policy		= openvpp_profile_get_nl_policy,
		.maxattr	= OVPP_A_PROFILE_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= OVPP_CMD_PROFILE_GET,
		.dumpit	= openvpp_nl_profile_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVPP_CMD_PROFILE_NEW,
		.doit		= openvpp_nl_profile_new_doit,
		.policy		= openvpp_profile_new_nl_policy,
		.maxattr	= OVPP_A_PROFILE_RESPONSE_MS,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_PROFILE_DEL,
		.doit		= openvpp_nl_profile_del_doit,
		.policy		= openvpp_profile_del_nl_policy,
		.maxattr	= OVPP_A_PROFILE_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_POLICY_GET,
		.doit		= openvpp_nl_policy_get_doit,
		.policy		= openvpp_policy_get_do_nl_policy,
		.maxattr	= OVPP_A_POLICY_DER_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_POLICY_GET,
		.dumpit		= openvpp_nl_policy_get_dumpit,
		.policy		= openvpp_policy_get_dump_nl_policy,
		.maxattr	= OVPP_A_POLICY_SITE_NAME,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVPP_CMD_POLICY_SET,
		.doit		= openvpp_nl_policy_set_doit,
		.policy		= openvpp_policy_set_nl_policy,
		.maxattr	= OVPP_A_POLICY_SOC_MAX_PPM,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_ENVELOPE_GET,
		.doit		= openvpp_nl_envelope_get_doit,
		.policy		= openvpp_envelope_get_do_nl_policy,
		.maxattr	= OVPP_A_ENVELOPE_DER_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_ENVELOPE_GET,
		.dumpit		= openvpp_nl_envelope_get_dumpit,
		.policy		= openvpp_envelope_get_dump_nl_policy,
		.maxattr	= OVPP_A_ENVELOPE_SITE_NAME,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVPP_CMD_ENVELOPE_SET,
		.doit		= openvpp_nl_envelope_set_doit,
		.policy		= openvpp_envelope_set_nl_policy,
		.maxattr	= OVPP_A_ENVELOPE_F_MAX_MHZ,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_ENVELOPE_LOCK,
		.doit		= openvpp_nl_envelope_lock_doit,
		.policy		= openvpp_envelope_lock_nl_policy,
		.maxattr	= OVPP_A_ENVELOPE_SITE_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_DISPATCH_GET,
		.doit		= openvpp_nl_dispatch_get_doit,
		.policy		= openvpp_dispatch_get_do_nl_policy,
		.maxattr	= OVPP_A_DISPATCH_ID,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_DISPATCH_GET,
		.dumpit		= openvpp_nl_dispatch_get_dumpit,
		.policy		= openvpp_dispatch_get_dump_nl_policy,
		.maxattr	= OVPP_A_DISPATCH_SITE_NAME,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVPP_CMD_DISPATCH_NEW,
		.doit		= openvpp_nl_dispatch_new_doit,
		.policy		= openvpp_dispatch_new_nl_policy,
		.maxattr	= OVPP_A_DISPATCH_INSTEAD_OF,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_DISPATCH_DEL,
		.doit		= openvpp_nl_dispatch_del_doit,
		.policy		= openvpp_dispatch_del_nl_policy,
		.maxattr	= OVPP_A_DISPATCH_ID,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_HEARTBEAT,
		.doit		= openvpp_nl_heartbeat_doit,
		.policy		= openvpp_heartbeat_nl_policy,
		.maxattr	= OVPP_A_SITE_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_STATS_GET,
		.doit		= openvpp_nl_stats_get_doit,
		.policy		= openvpp_stats_get_nl_policy,
		.maxattr	= OVPP_A_STATS_SITE_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= OVPP_CMD_STATS_GET,
		.dumpit	= openvpp_nl_stats_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVPP_CMD_STATS_RESET,
		.doit		= openvpp_nl_stats_reset_doit,
		.policy		= openvpp_stats_reset_nl_policy,
		.maxattr	= OVPP_A_STATS_SITE_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_HOOK_GET,
		.doit		= openvpp_nl_hook_get_doit,
		.policy		= openvpp_hook_get_do_nl_policy,
		.maxattr	= OVPP_A_HOOK_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVPP_CMD_HOOK_GET,
		.dumpit		= openvpp_nl_hook_get_dumpit,
		.policy		= openvpp_hook_get_dump_nl_policy,
		.maxattr	= OVPP_A_HOOK_SITE_NAME,
		.flags		= GENL_CMD_CAP_DUMP,
	},
};

static const struct genl_multicast_group openvpp_nl_mcgrps[] = {
	[OPENVPP_NLGRP_EVENTS] = { "events", },
};
