// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/**
 * The parameters of what is computed off the chain, by name: weights and limits of the
 * scorer. One hash stands for all of them; a proposal of rewards names it.
 */
contract ParameterStore is Ownable {
    /// keccak256 of name || value || name || value ..., 32 bytes each, in the order in which
    /// the names were first set.
    bytes32 public paramsHash;

    /// How often they were changed.
    uint256 public version;

    bytes32[] private _names;
    mapping(bytes32 name => uint256) private _values;
    mapping(bytes32 name => bool) private _known;

    event ParameterSet(bytes32 indexed name, uint256 value);
    event ParametersChanged(uint256 indexed version, bytes32 paramsHash);

    error UnequalLengths();
    error NoName();
    error UnknownParameter(bytes32 name);

    constructor(address timelock, bytes32[] memory names, uint256[] memory values) Ownable(timelock) {
        _set(names, values);
    }

    function set(bytes32[] calldata names, uint256[] calldata values) external onlyOwner {
        _set(names, values);
    }

    /// A parameter; one that was never set is an error, not 0.
    function get(bytes32 name) external view returns (uint256) {
        if (!_known[name]) revert UnknownParameter(name);
        return _values[name];
    }

    function all() external view returns (bytes32[] memory names, uint256[] memory values) {
        names = _names;
        values = new uint256[](names.length);
        for (uint256 i = 0; i < names.length; i++) {
            values[i] = _values[names[i]];
        }
    }

    function _set(bytes32[] memory names, uint256[] memory values) private {
        if (names.length != values.length) revert UnequalLengths();
        for (uint256 i = 0; i < names.length; i++) {
            if (names[i] == 0) revert NoName();
            if (!_known[names[i]]) {
                _known[names[i]] = true;
                _names.push(names[i]);
            }
            _values[names[i]] = values[i];
            emit ParameterSet(names[i], values[i]);
        }
        paramsHash = _hash();
        version++;
        emit ParametersChanged(version, paramsHash);
    }

    function _hash() private view returns (bytes32) {
        bytes memory pairs;

        for (uint256 i = 0; i < _names.length; i++) {
            pairs = bytes.concat(pairs, _names[i], bytes32(_values[_names[i]]));
        }
        return keccak256(pairs);
    }
}
