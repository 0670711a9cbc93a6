// SPDX-License-Identifier: GPL-2.0-or-later
#include "parameter_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "eth.h"

#define NAME_MAX_SIZE (OVPP_PARAMETER_NAME - 1)
/* Two arrays. */
#define VALUES (2 + 2 * OVPP_PARAMETERS_MAX)

/* Printable, and nothing but zeros behind it. */
static bool is_name(const char *name, size_t size)
{
	size_t n = 0;

	while (n < size && name[n] > ' ' && name[n] < 0x7f)
		n++;
	for (size_t i = n; i < size; i++)
		if (name[i])
			return false;
	return n;
}

int ovpp_parameters_add(struct ovpp_parameters *all, const char *name,
			const struct ovpp_u256 *value)
{
	struct ovpp_parameter *p = &all->p[all->n];

	if (strlen(name) > NAME_MAX_SIZE || !is_name(name, strlen(name)))
		return -EINVAL;
	if (all->n == OVPP_PARAMETERS_MAX)
		return -ENOBUFS;
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->p[i].name, name))
			return -EEXIST;
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->value = *value;
	all->n++;
	return 0;
}

int ovpp_parameters_encode(const struct ovpp_parameters *all, struct ovpp_buffer *out)
{
	struct ovpp_abi v[VALUES] = {0};

	v[0] = v[all->n + 1] = ovpp_abi_array(all->n);
	for (size_t i = 0; i < all->n; i++) {
		memcpy(v[1 + i].word, all->p[i].name, strlen(all->p[i].name));
		v[all->n + 2 + i] = ovpp_abi_u256(&all->p[i].value);
	}
	return ovpp_abi_encode_call(OVPP_PARAMETERS_SET, v, 2 * all->n + 2, out);
}

/* "(bytes32[],uint256[])", of equal lengths. */
static int from_values(const struct ovpp_abi *v, size_t n, struct ovpp_parameters *all)
{
	size_t names = v[0].size;

	all->n = 0;
	if (n != 2 * names + 2 || v[names + 1].size != names)
		return -EBADMSG;
	for (size_t i = 0; i < names; i++) {
		char name[OVPP_PARAMETER_NAME] = "";
		struct ovpp_u256 value;

		memcpy(name, v[1 + i].word, NAME_MAX_SIZE);
		ovpp_u256_load(&value, v[names + 2 + i].word);
		if (!is_name(name, NAME_MAX_SIZE) || ovpp_parameters_add(all, name, &value))
			return -EBADMSG;
	}
	return 0;
}

int ovpp_parameters_decode(const void *data, size_t size, struct ovpp_parameters *all)
{
	struct ovpp_abi v[VALUES];
	size_t n = VALUES;
	int ret = ovpp_abi_decode_call(OVPP_PARAMETERS_SET, data, size, v, &n);

	if (ret)
		return ret == -ENOENT ? ret : -EBADMSG;
	return from_values(v, n, all);
}

int ovpp_parameters_read(struct ovpp_evm_session *s, struct ovpp_parameters *all, ovpp_hash hash)
{
	struct ovpp_abi v[VALUES];
	size_t n = VALUES;
	int ret = ovpp_evm_view(s, OVPP_PARAMETER_STORE, "all()", NULL, 0, "(bytes32[],uint256[])",
				v, &n);

	if (!ret)
		ret = from_values(v, n, all);
	n = 1;
	if (!ret)
		ret = ovpp_evm_view(s, OVPP_PARAMETER_STORE, "paramsHash()", NULL, 0, "(bytes32)",
				    v, &n);
	if (!ret)
		memcpy(hash, v[0].word, sizeof(ovpp_hash));
	return ret;
}

/* The scorer's names come first and in its order: the hash depends on it. */
static int take(const struct ovpp_parameters *all, size_t i, struct ovpp_score_params *p, char *err,
		size_t size)
{
	const char *name = ovpp_score_param_name(i);

	if (i >= all->n || strcmp(all->p[i].name, name)) {
		snprintf(err, size, "the chain's parameter %zu is %s, where this scorer has %s",
			 i + 1, i < all->n ? all->p[i].name : "missing", name);
		return -EINVAL;
	}
	if (ovpp_u256_to_u64(&all->p[i].value, ovpp_score_param(p, i))) {
		snprintf(err, size, "the chain's %s is too large", name);
		return -EINVAL;
	}
	return 0;
}

int ovpp_parameters_score(const struct ovpp_parameters *all, const ovpp_hash hash,
			  struct ovpp_score_params *p, char *err, size_t size)
{
	const char *wrong;
	ovpp_hash own;

	for (size_t i = 0; i < OVPP_SCORE_PARAMS; i++)
		if (take(all, i, p, err, size))
			return -EINVAL;
	if (all->n > OVPP_SCORE_PARAMS) {
		snprintf(err, size, "the chain has a parameter %s, which this scorer does not know",
			 all->p[OVPP_SCORE_PARAMS].name);
		return -EINVAL;
	}
	wrong = ovpp_score_params_check(p);
	if (wrong) {
		snprintf(err, size, "the chain's %s is out of its bounds", wrong);
		return -EINVAL;
	}
	ovpp_score_params_hash(p, own);
	if (memcmp(own, hash, sizeof(own))) {
		snprintf(err, size, "the chain's hash is not that of its parameters");
		return -EINVAL;
	}
	return 0;
}
