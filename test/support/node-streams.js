/** What jest gives in the place of the package readable-stream (jest.config.js). */
module.exports = require('node:stream');
