// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/**
 * Owns every parameter. Only the governor proposes and cancels, anybody executes when the
 * delay is over, and only the timelock itself changes that: there is no administrator.
 */
contract OVPPTimelock is TimelockController {
    constructor(uint256 minDelay, address governor)
        TimelockController(minDelay, _only(governor), _only(address(0)), address(0))
    {}

    function _only(address account) private pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }
}
