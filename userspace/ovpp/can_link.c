// SPDX-License-Identifier: GPL-2.0-or-later
#include "can_link.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct list {
	struct can_link *link;
	size_t n;
	int error;
};

/* Copies an attribute's payload; shorter ones come from older kernels. */
static bool copy(void *to, size_t size, const struct nlattr *attr)
{
	size_t len;

	if (!attr)
		return false;
	len = (size_t)nla_len(attr);
	memcpy(to, nla_data(attr), len < size ? len : size);
	return true;
}

static void parse_can(struct can_link *link, struct nlattr *data)
{
	struct nlattr *tb[IFLA_CAN_MAX + 1];

	if (!data || nla_parse_nested(tb, IFLA_CAN_MAX, data, NULL))
		return;
	link->timed = copy(&link->timing, sizeof(link->timing), tb[IFLA_CAN_BITTIMING]) &&
		      link->timing.bitrate;
	link->has_state = copy(&link->state, sizeof(link->state), tb[IFLA_CAN_STATE]);
	copy(&link->restart_ms, sizeof(link->restart_ms), tb[IFLA_CAN_RESTART_MS]);
	link->has_errors = copy(&link->errors, sizeof(link->errors), tb[IFLA_CAN_BERR_COUNTER]);
}

static void parse_info(struct can_link *link, struct nlattr *info)
{
	struct nlattr *tb[IFLA_INFO_MAX + 1];

	if (!info || nla_parse_nested(tb, IFLA_INFO_MAX, info, NULL))
		return;
	if (tb[IFLA_INFO_KIND])
		nla_strlcpy(link->kind, tb[IFLA_INFO_KIND], sizeof(link->kind));
	if (!strcmp(link->kind, "can"))
		parse_can(link, tb[IFLA_INFO_DATA]);
	copy(&link->stats, sizeof(link->stats), tb[IFLA_INFO_XSTATS]);
}

static int on_link(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct ifinfomsg *ifi = nlmsg_data(nlh);
	struct nlattr *tb[IFLA_MAX + 1];
	struct list *list = arg;
	struct can_link *link;

	if (nlh->nlmsg_type != RTM_NEWLINK || ifi->ifi_type != ARPHRD_CAN ||
	    nlmsg_parse(nlh, sizeof(*ifi), tb, IFLA_MAX, NULL) || !tb[IFLA_IFNAME])
		return NL_OK;
	link = realloc(list->link, (list->n + 1) * sizeof(*link));
	if (!link) {
		list->error = -ENOMEM;
		return NL_STOP;
	}
	list->link = link;
	link += list->n++;
	memset(link, 0, sizeof(*link));
	nla_strlcpy(link->name, tb[IFLA_IFNAME], sizeof(link->name));
	link->up = ifi->ifi_flags & IFF_UP;
	link->running = ifi->ifi_flags & IFF_RUNNING;
	copy(&link->queue, sizeof(link->queue), tb[IFLA_TXQLEN]);
	parse_info(link, tb[IFLA_LINKINFO]);
	return NL_OK;
}

int can_links(struct can_link **links, size_t *n)
{
	struct ifinfomsg ifi = {.ifi_family = AF_UNSPEC};
	struct nl_sock *sk = nl_socket_alloc();
	struct list list = {0};
	int ret;

	if (!sk)
		return -ENOMEM;
	nl_socket_modify_cb(sk, NL_CB_VALID, NL_CB_CUSTOM, on_link, &list);
	ret = nl_connect(sk, NETLINK_ROUTE);
	if (!ret)
		ret = nl_send_simple(sk, RTM_GETLINK, NLM_F_DUMP, &ifi, sizeof(ifi));
	if (ret >= 0)
		ret = nl_recvmsgs_default(sk);
	nl_socket_free(sk);
	if (ret < 0 || list.error) {
		free(list.link);
		return list.error ? list.error : -EIO;
	}
	*links = list.link;
	*n = list.n;
	return 0;
}

int can_link_coalescing(const char *name, uint32_t *usecs, uint32_t *frames)
{
	struct ethtool_coalesce ec = {.cmd = ETHTOOL_GCOALESCE};
	struct ifreq ifr = {.ifr_data = (char *)&ec};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret = 0;

	if (fd < 0)
		return -errno;
	strncpy(ifr.ifr_name, name, IF_NAMESIZE - 1);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		ret = -errno;
	close(fd);
	/* CAN drivers gather in the interrupt (-irq); others use the plain ones. */
	*usecs = ec.rx_coalesce_usecs_irq ? ec.rx_coalesce_usecs_irq : ec.rx_coalesce_usecs;
	*frames = ec.rx_max_coalesced_frames_irq ? ec.rx_max_coalesced_frames_irq
						 : ec.rx_max_coalesced_frames;
	return ret;
}
