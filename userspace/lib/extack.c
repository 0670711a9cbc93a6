// SPDX-License-Identifier: GPL-2.0-or-later
#include "extack.h"

#include "path.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

/* The request and the place in it that is looked for. */
struct place {
	const char *base;
	uint32_t offset;
	const struct ovpp_spec_set *set;
	char *text;
	size_t size;
};

/*
 * Walk the request's attributes to the one at the offset and append its path;
 * @place->set is then the set within it, or NULL.
 */
static bool find(struct place *place, const struct nlattr *attrs, int len,
		 const struct ovpp_spec_set *set, const struct ovpp_path *up)
{
	struct ovpp_path path = {.up = up};
	const struct nlattr *nla;
	int rem, last = -1;

	for (nla = attrs, rem = len; nla_ok(nla, rem); nla = nla_next(nla, &rem)) {
		const struct ovpp_spec_attr *a = ovpp_spec_attr_by_id(set, (uint16_t)nla_type(nla));
		size_t at = (size_t)((const char *)nla - place->base);

		if (!a)
			continue;
		path.name = a->name;
		path.indexed = a->multi;
		path.index = nla_type(nla) == last ? path.index + 1 : 0;
		last = nla_type(nla);
		if (at == place->offset) {
			ovpp_path_append(&path, place->text, place->size);
			place->set = a->nest;
			return true;
		}
		if (a->nest && place->offset > at && place->offset < at + (size_t)nla->nla_len)
			return find(place, nla_data(nla), nla_len(nla), a->nest, &path);
	}
	return false;
}

static bool find_in_request(struct place *place, const struct nlmsghdr *request,
			    const struct nlattr *offset, const struct ovpp_spec_set *set)
{
	if (!offset || nla_len(offset) < 4)
		return false;
	place->base = (const char *)request;
	place->offset = nla_get_u32(offset);
	return find(place, nlmsg_attrdata(request, GENL_HDRLEN),
		    nlmsg_attrlen(request, GENL_HDRLEN), set, NULL);
}

/* A text of the kernel's own says already that something is missing. */
static void append_missing(const struct nlmsghdr *request, struct nlattr **tb,
			   const struct ovpp_spec_set *set, char *text, size_t size)
{
	char nest[160] = "";
	struct place place = {.text = nest, .size = sizeof(nest)};
	const struct ovpp_spec_attr *a = NULL;
	const char *missing = tb[NLMSGERR_ATTR_MSG] ? "" : " is missing";
	uint32_t type;

	if (!tb[NLMSGERR_ATTR_MISS_TYPE] || nla_len(tb[NLMSGERR_ATTR_MISS_TYPE]) < 4)
		return;
	type = nla_get_u32(tb[NLMSGERR_ATTR_MISS_TYPE]);
	if (find_in_request(&place, request, tb[NLMSGERR_ATTR_MISS_NEST], set))
		set = place.set;
	if (set && type <= UINT16_MAX)
		a = ovpp_spec_attr_by_id(set, (uint16_t)type);
	if (a)
		ovpp_text_append(text, size, ": %s%s%s%s", nest, *nest ? "." : "", a->name,
				 missing);
	else
		ovpp_text_append(text, size, ": attribute %u%s", type, missing);
}

static void append_range(const struct nlattr *policy, char *text, size_t size)
{
	struct nlattr *tb[NL_POLICY_TYPE_ATTR_MAX + 1];

	if (!policy || nla_parse_nested(tb, NL_POLICY_TYPE_ATTR_MAX, (struct nlattr *)policy, NULL))
		return;
	if (tb[NL_POLICY_TYPE_ATTR_MIN_VALUE_U] && tb[NL_POLICY_TYPE_ATTR_MAX_VALUE_U])
		ovpp_text_append(
			text, size, ", allowed %llu to %llu",
			(unsigned long long)nla_get_u64(tb[NL_POLICY_TYPE_ATTR_MIN_VALUE_U]),
			(unsigned long long)nla_get_u64(tb[NL_POLICY_TYPE_ATTR_MAX_VALUE_U]));
	else if (tb[NL_POLICY_TYPE_ATTR_MIN_VALUE_S] && tb[NL_POLICY_TYPE_ATTR_MAX_VALUE_S])
		ovpp_text_append(text, size, ", allowed %lld to %lld",
				 (long long)nla_get_u64(tb[NL_POLICY_TYPE_ATTR_MIN_VALUE_S]),
				 (long long)nla_get_u64(tb[NL_POLICY_TYPE_ATTR_MAX_VALUE_S]));
	else if (tb[NL_POLICY_TYPE_ATTR_MAX_LENGTH])
		ovpp_text_append(text, size, ", at most %u bytes",
				 nla_get_u32(tb[NL_POLICY_TYPE_ATTR_MAX_LENGTH]));
}

/*
 * Offset of the attributes behind the error number: an answer that is not
 * capped repeats the whole request before them.
 */
static int tlv_offset(const struct nlmsghdr *answer)
{
	const struct nlmsgerr *e = nlmsg_data(answer);

	if (answer->nlmsg_type == NLMSG_DONE)
		return (int)sizeof(int);
	if (answer->nlmsg_flags & NLM_F_CAPPED || !e->error)
		return (int)sizeof(*e);
	return (int)(sizeof(*e) - sizeof(e->msg) + NLMSG_ALIGN(e->msg.nlmsg_len));
}

static void append_attributes(const struct nlmsghdr *request, struct nlattr **tb,
			      const struct ovpp_spec_set *set, char *text, size_t size)
{
	char where[160] = "";
	struct place place = {.text = where, .size = sizeof(where)};

	if (find_in_request(&place, request, tb[NLMSGERR_ATTR_OFFS], set)) {
		ovpp_text_append(text, size, ": %s", where);
		append_range(tb[NLMSGERR_ATTR_POLICY], text, size);
	}
	append_missing(request, tb, set, text, size);
}

int ovpp_extack_text(const struct nlmsghdr *answer, const struct nlmsghdr *request,
		     const struct ovpp_spec_set *set, char *text, size_t size)
{
	size_t least = answer->nlmsg_type == NLMSG_DONE ? sizeof(int) : sizeof(struct nlmsgerr);
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1] = {NULL};
	int error, offset;

	if (answer->nlmsg_len < NLMSG_HDRLEN + least) {
		snprintf(text, size, "the kernel's answer is too short");
		return -EBADMSG;
	}
	memcpy(&error, nlmsg_data(answer), sizeof(error));
	offset = tlv_offset(answer);
	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS) || nlmsg_datalen(answer) < offset ||
	    nlmsg_parse((struct nlmsghdr *)answer, offset, tb, NLMSGERR_ATTR_MAX, NULL))
		memset(tb, 0, sizeof(tb));

	if (tb[NLMSGERR_ATTR_MSG])
		snprintf(text, size, "%.*s", nla_len(tb[NLMSGERR_ATTR_MSG]),
			 (const char *)nla_data(tb[NLMSGERR_ATTR_MSG]));
	else
		snprintf(text, size, "%s", strerror(-error));
	append_attributes(request, tb, set, text, size);
	return error;
}
