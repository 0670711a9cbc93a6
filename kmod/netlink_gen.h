/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	docs/netlink/specs/openvpp.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_OPENVPP_GEN_H
#define _LINUX_OPENVPP_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/openvpp_netlink.h>

/* Common nested types */
extern const struct nla_policy openvpp_block_nl_policy[OVPP_A_BLOCK_P_MW + 1];
extern const struct nla_policy openvpp_map_nl_policy[OVPP_A_MAP_VALUE + 1];
extern const struct nla_policy openvpp_message_nl_policy[OVPP_A_MESSAGE_SIGNAL + 1];
extern const struct nla_policy openvpp_signal_nl_policy[OVPP_A_SIGNAL_SCALE_START + 1];

/* Ops table for openvpp */
extern const struct genl_split_ops openvpp_nl_ops[36];

int openvpp_nl_site_get_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_site_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int openvpp_nl_site_new_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_site_set_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_site_del_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_bus_get_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_bus_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int openvpp_nl_bus_new_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_bus_set_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_bus_del_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_der_get_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_der_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int openvpp_nl_der_new_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_der_set_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_der_del_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_profile_get_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_profile_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int openvpp_nl_profile_new_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_profile_del_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_policy_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int openvpp_nl_policy_set_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_envelope_get_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_envelope_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int openvpp_nl_envelope_set_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_envelope_lock_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_dispatch_get_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_dispatch_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int openvpp_nl_dispatch_new_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_dispatch_del_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_heartbeat_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_stats_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int openvpp_nl_stats_reset_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_hook_get_doit(struct sk_buff *skb, struct genl_info *info);
int openvpp_nl_hook_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);

enum {
	OPENVPP_NLGRP_EVENTS,
};

#endif /* _LINUX_OPENVPP_GEN_H */
