// The page of a call.
export {};
