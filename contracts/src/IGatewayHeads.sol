// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * What the registry tells the contract that anchors. Authority is pushed there when it
 * changes, which is rare, so that an anchor does not have to ask for it, which is not.
 */
interface IGatewayHeads {
    /// A new gateway: who anchors for it, and the number of its first batch.
    function enroll(uint256 gateway, address signer, uint48 first) external;

    /// Who anchors from now on; 0: nobody.
    function authorize(uint256 gateway, address signer) external;

    /// Number of the batch that comes next; 0 for what is no gateway.
    function next(uint256 gateway) external view returns (uint48);
}
