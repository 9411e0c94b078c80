const axios = require('axios');

const company = 123;
const agency = axios.create({
  baseURL: 'https://api.woodpecker.co/rest/v2/agency',
  headers: { 'x-api-key': '{YOUR_API_KEY}' },
});

agency.post(`/companies/${company}/prospects/delete`, { type: 'ALL' }).then(({ data }) => {
  console.log('deletion request', data.deletion_request_id);
});
