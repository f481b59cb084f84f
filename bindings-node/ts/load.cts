// Loads what is no module of this package: the addon, and libraries when they are first needed. A CommonJS file in both
// builds, since only such a file has `require`.

const load: NodeJS.Require = require;

export = load;
