function main({x}) { return {y: x} }
